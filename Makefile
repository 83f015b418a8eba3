# The few verbs that people type. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

CARGO ?= cargo

.PHONY: help build man test unit bench lint fmt-check clippy fuzz-check docs arrows deny clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# By package: else the tests' features of its dependencies come along.
build: ## the release binary, target/release/kai
	$(CARGO) build --release --locked --package kai-cli

man: ## the man page, target/man/kai.1
	KAI_MAN_PAGE=$(CURDIR)/target/man/kai.1 $(CARGO) test --quiet --package kai-cli --bin kai --locked the_man_page

# The first run needs Go to build a Kubernetes control plane, once, into the user's cache;
# testkit sees to that (CONTRIBUTING.md says how to bring your own).
test: ## every test, also those on a real API server
	$(CARGO) test --workspace --locked

unit: ## the tests that need no API server
	$(CARGO) test --package kai-core --package kai-anchore --locked
	$(CARGO) test --workspace --exclude kai-core --exclude kai-anchore --lib --bins --examples --locked

# Half an hour, on a machine that has nothing else to do. A part of it, printed only:
# make bench BENCH='--pods 10000 --rounds 3' (`testkit bench --help` tells the rest).
bench: build ## every benchmark; writes the results into BENCHMARKS.md
	mkdir -p target
	$(CARGO) bench --locked --package kai-core --package kai-k8s --features kai-k8s/fuzzing \
		--bench '*' | tee target/micro.txt
	$(CARGO) run --release --locked --package testkit -- bench --micro target/micro.txt \
		$(or $(BENCH),--markdown BENCHMARKS.md)

lint: fmt-check clippy fuzz-check docs arrows deny ## formatting, clippy, docs, dependency arrows, licences

fmt-check:
	$(call component,fmt,rustfmt)
	$(CARGO) fmt --all --check

clippy:
	$(call component,clippy,clippy)
	$(CARGO) clippy --workspace --all-targets --locked --features kai-k8s/fuzzing -- -D warnings

# Without libFuzzer, which takes a C++ compiler; CONTRIBUTING.md says how to run them.
fuzz-check:
	$(CARGO) check --manifest-path fuzz/Cargo.toml --no-default-features --locked --target-dir target

docs:
	RUSTDOCFLAGS=-Dwarnings $(CARGO) doc --workspace --no-deps --locked

# kai-cli -> kai-k8s -> kai-core <- kai-anchore. Adapters never see each other, and core sees nobody.
arrows:
	$(call lacks,kai-core,(kai-(k8s|anchore|cli)|testkit|tokio|kube|k8s-openapi|hyper|reqwest|clap|tracing|log)(-.*)?)
	$(call lacks,kai-k8s,kai-(anchore|cli)|testkit|clap)
	$(call lacks,kai-anchore,kai-(k8s|cli)|testkit|clap|ring|(kube|k8s-openapi)(-.*)?)
	$(call lacks,kai-cli,testkit)

deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --locked check --hide-inclusion-graph bans licenses sources; \
	else \
		echo 'deny: skipped, since cargo-deny is not installed (hint: cargo install --locked cargo-deny)'; \
	fi

clean: ## removes what was built; the cached control plane stays
	$(CARGO) clean

# $(call component,subcommand,component): stops where a component of the toolchain is missing.
define component
@$(CARGO) $(1) --version >/dev/null 2>&1 || \
	{ echo 'lint: cargo $(1) is missing (hint: rustup component add $(2))' >&2; exit 1; }
endef

# $(call lacks,package,names): the package's normal dependency tree holds no crate of these names.
define lacks
@tree=$$($(CARGO) tree --locked --package $(1) --edges normal --prefix none --format '{p}' | cut -d' ' -f1); \
if found=$$(grep -xE '$(2)' <<<"$$tree" | sort -u); then \
	echo "arrows: $(1) must not depend on:" $$found >&2; exit 1; \
else \
	echo 'arrows: $(1) is clean'; \
fi
endef
