//! A private PostgreSQL cluster from the binaries of the machine, for the demo and the tests.
