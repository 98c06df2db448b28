#include <sysc/kernel/sc_externs.h>

/// libsystemc has a main() of its own that calls this. Programs of mensa have theirs, and start the
/// kernel from sim/engine, so it is never called; the linker wants it all the same.
int sc_main(int /*argc*/, char* /*argv*/[]) { return 0; }
