# Three images from one file: api (no torch), worker (the method), triton (the model server with its models).
#   docker build --target api -t kernelreg-api .
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

# --- what all of them install ----------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS base-packages
WORKDIR /src
RUN python3 -m venv /opt/kernelreg
ENV PATH=/opt/kernelreg/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY deploy/requirements-api.txt deploy/
RUN pip install --requirement deploy/requirements-api.txt

FROM base-packages AS api-packages
COPY . .
RUN pip install --no-deps .

FROM base-packages AS worker-packages
# Where torch comes from: on machines without a GPU, the index with the CPU wheels is gigabytes smaller.
ARG TORCH_INDEX=""
COPY deploy/requirements-worker.txt deploy/
# What torch needs for a GPU is not among the pins; it follows from its own.
RUN pip install ${TORCH_INDEX:+--extra-index-url "${TORCH_INDEX}"} --requirement deploy/requirements-worker.txt
COPY . .
RUN pip install --no-deps .

FROM worker-packages AS triton-packages
# NVIDIA's wheel is taken for its server alone; its own dependencies (an old numpy) must not come along.
RUN pip install --no-deps --target /opt/triton nvidia-pytriton==0.7.0 \
    && python3 -m registration.export /opt/models \
    && python3 -c "from pathlib import Path; from cli.triton.layout import lay_out; lay_out(Path('/opt/triton'), Path('/opt/backends'))"

# --- what runs -------------------------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS runtime
RUN useradd --system --uid 10001 --user-group --no-create-home kernelreg \
    && install --directory --owner=kernelreg --group=kernelreg --mode=0700 /data
ENV PATH=/opt/kernelreg/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 KERNELREG_DATA_DIR=/data
WORKDIR /
VOLUME /data
USER 10001

FROM runtime AS api
COPY --from=api-packages /opt/kernelreg /opt/kernelreg
ENV KERNELREG_HOST=0.0.0.0 KERNELREG_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python3", "-m", "service"]

FROM runtime AS worker
COPY --from=worker-packages /opt/kernelreg /opt/kernelreg
ENTRYPOINT ["python3", "-m", "worker"]
CMD ["register"]

FROM runtime AS triton
COPY --from=triton-packages /opt/kernelreg /opt/kernelreg
COPY --from=triton-packages /opt/triton /opt/triton
COPY --from=triton-packages /opt/backends /opt/backends
COPY --from=triton-packages /opt/models /opt/models
ENV LD_LIBRARY_PATH=/opt/triton/nvidia_pytriton.libs OMP_WAIT_POLICY=PASSIVE
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/v2/health/ready', timeout=2)"]
CMD ["/opt/triton/pytriton/tritonserver/bin/tritonserver", "--model-repository=/opt/models", \
    "--backend-directory=/opt/backends", "--cache-directory=/opt/triton/pytriton/tritonserver/caches"]
