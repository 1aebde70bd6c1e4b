# make run     build and start `parkir demo` (installs what is missing, says so first)
# make test    everything, with a real PostgreSQL and a real terminal
# make check   what CI runs: format, lints, tests
# make bench   what the program exists for, measured
# make faults  every fault, long: never lose, never double; its table at the end
# make faults-selfcheck  plants bugs and shows that the fault tests find them
# make clean   remove what was built, and the demo

CARGO ?= cargo
BUILT := $(or $(CARGO_TARGET_DIR),target)
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)

.PHONY: run test check bench faults faults-selfcheck clean needs-run needs-test

run: needs-run
	$(CARGO) build --release --locked
	$(BUILT)/release/parkir demo

ifeq ($(NEXTEST),yes)
test: needs-test
	$(CARGO) nextest run --locked --lib --bins --tests --no-fail-fast
else
test: needs-test
	$(CARGO) test --locked --lib --bins --tests --no-fail-fast
endif

check: needs-test
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(MAKE) --no-print-directory test

bench: needs-test
	$(CARGO) bench --locked

# Scenarios that failed are missing from the table; the run itself has failed then.
faults: needs-test
	rm -f $(BUILT)/tmp/faults.jsonl
	PARKIR_SEEDS=10000 $(CARGO) test --locked --lib sync::engine
	PARKIR_FAULTS=long $(CARGO) test --locked --test faults --no-fail-fast -- --test-threads=2; ended=$$?; \
	$(CARGO) test --locked --quiet --test faults -- --ignored --exact --nocapture table::table && exit $$ended

faults-selfcheck: needs-test
	scripts/faults-selfcheck

clean:
	$(CARGO) clean
	rm -rf demo

needs-run:
	@scripts/needs run

needs-test:
	@scripts/needs test
