"""The pure core: no I/O, no clock, no logging. Time enters as an argument, in UTC microseconds."""
