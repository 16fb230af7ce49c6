//go:build js && wasm

package jsbridge_test

import (
	"strings"
	"syscall/js"
	"testing"

	"tidetable/internal/jsbridge"
)

func TestTextCrossesUnchanged(t *testing.T) {
	for _, text := range []string{"", "a", "ä\u2028\x00\"\\ 🌊", strings.Repeat("0123456789", 100_000)} {
		v := jsbridge.TextToJS([]byte(text))
		if v.Type() != js.TypeString || v.String() != text {
			t.Errorf("TextToJS changed a text of %d bytes", len(text))
		}
		if back := jsbridge.TextFromJS(v); string(back) != text {
			t.Errorf("TextFromJS changed a text of %d bytes", len(text))
		}
	}
}

func TestTextFromJSGivesBytesToKeepAndChange(t *testing.T) {
	v := js.ValueOf("shared")
	one, two := jsbridge.TextFromJS(v), jsbridge.TextFromJS(v)
	one[0] = 'X'
	if string(two) != "shared" || v.String() != "shared" {
		t.Error("a change of the bytes is seen elsewhere")
	}
}

func TestTextFromJSGivesNothingForOtherValues(t *testing.T) {
	for _, v := range []js.Value{js.Undefined(), js.Null(), js.ValueOf(1), js.Global()} {
		if text := jsbridge.TextFromJS(v); text != nil {
			t.Errorf("%s gave %q", v.Type(), text)
		}
	}
}
