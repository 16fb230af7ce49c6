package wire

// This file tells servers what is calling, for those who want their logs to say it.

import "strings"

// telemetry is what the options have about the caller.
type telemetry struct {
	installationID, clientVersion string
	features                      bool
}

func (t telemetry) header(c call, extraParams bool) [][2]string {
	var h [][2]string
	if t.installationID != "" {
		h = append(h, [2]string{"X-ZUMO-INSTALLATION-ID", t.installationID})
	}
	if t.clientVersion != "" {
		h = append(h, [2]string{"X-ZUMO-VERSION", t.clientVersion})
	}
	if t.features {
		h = append(h, [2]string{"X-ZUMO-FEATURES", featuresOf(c, extraParams)})
	}
	return h
}

// featuresOf lists the documented codes of what a request makes use of: an offline table
// (OL), an incremental pull (IP), a condition (OC), query parameters of the app (QS).
func featuresOf(c call, extraParams bool) string {
	codes := []string{"OL"}
	if c.incremental {
		codes = append(codes, "IP")
	}
	if c.version != "" {
		codes = append(codes, "OC")
	}
	if extraParams {
		codes = append(codes, "QS")
	}
	return strings.Join(codes, ",")
}
