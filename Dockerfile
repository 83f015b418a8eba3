FROM docker.io/library/rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
# git's folder is not in the context, so the commit has to be told, in the form of a package.
ARG REVISION=""
ARG DIRTY="false"
ARG SOURCE_DATE_EPOCH=""
RUN if [ -n "$REVISION" ]; then \
        printf '{"git": {"sha1": "%s", "dirty": %s}}' "$REVISION" "$DIRTY" \
            > kai-cli/.cargo_vcs_info.json; \
    fi
RUN cargo build --release --locked --package kai-cli \
    && install -D target/release/kai /kai/usr/local/bin/kai
# As Go kai had it: put at /.kube/config, and nothing where none is given. Whoever has such an
# image has the credentials in it; docs/start/install.md says how to mount it instead.
ARG KUBECONFIG=""
RUN if [ -n "$KUBECONFIG" ]; then \
        install -D --mode=0440 --owner=65532 --group=65532 "$KUBECONFIG" /kai/.kube/config; \
    fi

# The C library and the certificates of public authorities; neither a shell nor packages.
FROM gcr.io/distroless/cc-debian13:nonroot
ARG VERSION=""
ARG REVISION=""
LABEL org.opencontainers.image.title="kai" \
    org.opencontainers.image.description="Which container images are in use in this Kubernetes cluster, right now?" \
    org.opencontainers.image.source="https://github.com/anchore/kai" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION"
COPY --from=build /kai /
ENV HOME=/ PATH=/usr/local/bin:/usr/bin:/bin
WORKDIR /
# By number: of a name, Kubernetes can't tell whether it is root.
USER 65532:65532
ENTRYPOINT ["kai"]
