#!/bin/sh
# Runs Carryover's training from this folder, which may be moved as a whole. Environment: CARRYOVER_HEAP (default 2g);
# CARRYOVER_JAVA_OPTIONS (more flags for the JVM); CUDA_CACHE_PATH, CUDA_CACHE_MAXSIZE (the driver's own).
set -eu
profile=@PROFILE@

case ${1:-} in
  train | evaluate | trace | inspect | verify | import | --help | -h | --version | -V | help) ;;
  *)
    echo "carryover: ${1:-no command} is not in this pack; use train, evaluate, trace, inspect, verify or import." >&2
    exit 2
    ;;
esac

home=$(cd -P "$(dirname "$0")/.." && pwd)
classpath=
while read -r jar; do
  classpath=${classpath:+$classpath:}$home/lib/$jar
done <"$home/lib/classpath"

# Without a locale Java would read and print ASCII only.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
  export LC_ALL=C.UTF-8
fi

# Products of matrices run on one thread each; training shares a batch among Java threads.
export OMP_NUM_THREADS=1
# Libraries that Java and ND4J link to; those that the caller names come after.
export LD_LIBRARY_PATH="$home/native${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
mkdir -p "$home/cache" || exit 2
if [ "$profile" = cuda-ptx ]; then
  export CUDA_CACHE_PATH="${CUDA_CACHE_PATH:-$home/cache/ptx}"
  export CUDA_CACHE_MAXSIZE="${CUDA_CACHE_MAXSIZE:-4294967296}"
  if [ "$1" = train ] && [ ! -d "$CUDA_CACHE_PATH" ]; then
    echo "carryover: on a GPU above compute capability 8.9 the driver now compiles for about a quarter of an hour;" \
      "later starts take the code from $CUDA_CACHE_PATH." >&2
  fi
fi
# shellcheck disable=SC2086 # the options are meant to be split into words
exec "$home/jre/bin/java" \
  --add-modules jdk.incubator.vector -XX:CompileCommand=quiet \
  '-XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*' \
  "-Xmx${CARRYOVER_HEAP:-2g}" -XX:+UseParallelGC -Djava.awt.headless=true \
  -Dfile.encoding=UTF-8 -Dsun.stdout.encoding=UTF-8 -Dsun.stderr.encoding=UTF-8 \
  -Dorg.bytedeco.javacpp.cachedir="$home/cache" -Dcarryover.log="$home/carryover.log" \
  ${CARRYOVER_JAVA_OPTIONS:-} \
  -cp "$classpath" dev.carryover.deploy.Carryover "$@"
