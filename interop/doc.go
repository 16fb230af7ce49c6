// Package interop owns the tests against a table server that nobody here wrote: the classic
// Node server of Azure Mobile Apps, installed from the npm registry and built on this
// machine. It must not hold what only our own server does. It needs node, npm, make, Python
// and a C++ compiler; where one is missing it says so and runs nothing, except in CI, where
// that is a failure.
package interop
