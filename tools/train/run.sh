#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Makes everything in models/ anew, called by `make models`: trains both networks, each on one core,
# quantizes them, composes the samples and measures what came out. A developer's tool; neither
# `make demo` nor `make check` runs it. The same packages on the same kind of processor give the
# same bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."

sheet=/usr/share/doc/opencv-doc/examples/data/digits.png
sheet_sha256=60c917758ef97cc090f35cd8e293e4de691ef942847da0ff80dedab33d57c662
work=build/train

# The digits lie in the documentation of OpenCV, which many systems do not install or leave out.
fetch_sheet() {
	if [ ! -e "$sheet" ]; then
		echo "models: fetch Debian's opencv-doc, 96 MB, for the handwritten digits in it"
		(cd "$work" && apt-get -q download opencv-doc)
		dpkg-deb --fsys-tarfile "$work"/opencv-doc_*.deb |
			tar -xO ".$sheet" >"$work/digits.png"
		rm -f "$work"/opencv-doc_*.deb
		sheet=$work/digits.png
	fi
	echo "$sheet_sha256  $sheet" | sha256sum --check --quiet
}

train() {
	echo "models: train, some twenty minutes; logs are in $work"
	OMP_NUM_THREADS=1 /usr/bin/python3 tools/train/train_classifier.py "$sheet" "$work" \
		>"$work/classifier.log" 2>&1 &
	local classifier=$!
	OMP_NUM_THREADS=1 /usr/bin/python3 tools/train/train_detector.py "$sheet" "$work" \
		>"$work/detector.log" 2>&1 || {
		tail "$work/detector.log" >&2
		exit 1
	}
	wait "$classifier" || {
		tail "$work/classifier.log" >&2
		exit 1
	}
}

measure() {
	local version
	for version in v3 v4; do
		build/bin/measure_models models/samples/held-back.png classifier \
			models/digits-classifier-$version.kmodel
	done
	build/bin/measure_models models/samples/held-back.png logits \
		models/digits-detector-v3.kmodel "$work/detector.float.logits"
	for version in v3 v4; do
		build/bin/measure_models models/samples/held-back.png detector \
			models/digits-detector-$version.kmodel
	done
}

mkdir -p "$work" models/samples
fetch_sheet
train
for name in classifier detector; do
	build/bin/quantizer "$work/$name.network" "$work/$name.calibration" \
		models/digits-$name-v3.kmodel models/digits-$name-v4.kmodel
done
cp "$work/classifier.float.json" models/float.json
build/bin/make_samples "$sheet" models/samples
measure | tee models/measured.txt
