#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The device-tree binding of the SPI board is a valid schema, accepts what is right and refuses what
# is wrong; the overlays compile.
set -u

cd "$(dirname "$0")/../.." || exit 1
binding=kernel/bindings/canaan,k210-kpu.yaml
# shellcheck source=tests/script.sh
. tests/script.sh

# The board's node with PROPERTIES, compiled; silent about what only a whole tree could satisfy.
node() { # PROPERTIES
	cat >"$work/board.dts" <<END
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	pins: gpio { gpio-controller; #gpio-cells = <2>; };
	bus { #address-cells = <1>; #size-cells = <0>;
		coprocessor@0 { reg = <0>; $1 };
	};
};
END
	dtc -q -@ -O dtb -o "$work/board.dtb" "$work/board.dts"
}

complaints() {
	dt-validate -s "$work/schemas" "$work/board.dtb" 2>&1 | grep "coprocessor@"
}

if ! command -v dt-validate >/dev/null || ! command -v dtc >/dev/null; then
	skip "binding: dt-schema or device-tree-compiler is not installed"
	summary binding
	exit
fi

# Where a schema lies has to agree with its $id.
mkdir -p "$work/schemas/misc"
cp "$binding" "$work/schemas/misc/"
dt-doc-validate -u "$work/schemas" "$work/schemas/misc/${binding##*/}" >"$work/log" 2>&1
status=$?
[ ! -s "$work/log" ] || status=1
pass_or_fail $status "$binding is a schema"

# The example, as it would stand in a tree. Its header's constants are those of the kernel.
mkdir -p "$work/include/dt-bindings/gpio"
printf '#define %s\n' 'GPIO_ACTIVE_HIGH 0' 'GPIO_ACTIVE_LOW 1' 'GPIO_OPEN_DRAIN 6' \
	>"$work/include/dt-bindings/gpio/gpio.h"
dt-extract-example "$binding" | cpp -nostdinc -undef -x assembler-with-cpp -I "$work/include" |
	dtc -q -@ -O dtb -o "$work/board.dtb" -
! complaints && fdtget "$work/board.dtb" /example-0/spi/coprocessor@0 reg >/dev/null
pass_or_fail $? "its example is accepted"

compatible=$(sed -n 's/^ *const: *//p' "$binding")
for user in kernel/kpu_spi_driver.c packaging/overlays/k210-kpu.dts; do
	grep -q "compatible = \"$compatible\"" $user
	pass_or_fail $? "$user is for $compatible"
done

right='compatible = "canaan,k210-kpu"; ready-gpios = <&pins 25 0>; spi-max-frequency = <10000000>;'
node "$right"
! complaints
pass_or_fail $? "a right node is accepted"
node 'compatible = "canaan,k210-kpu"; spi-max-frequency = <10000000>;'
complaints | grep -q ready-gpios
pass_or_fail $? "a node without a ready line is refused"
node "$right wakeup-colour = <1>;"
complaints | grep -q wakeup-colour
pass_or_fail $? "a property that does not exist is refused"
node 'compatible = "canaan,k210-kpu"; ready-gpios = <&pins 25 0>; spi-max-frequency = <90000000>;'
complaints | grep -q 90000000
pass_or_fail $? "a clock that the chip cannot do is refused"

for overlay in packaging/overlays/*.dts; do
	dtc -q -@ -I dts -O dtb -o "$work/overlay.dtbo" "$overlay"
	pass_or_fail $? "$overlay compiles"
done

# On a tree with the labels of a Raspberry Pi's.
dtc -q -@ -O dtb -o "$work/base.dtb" - <<END
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	gpio: gpio@7e200000 { reg = <0x7e200000 0xb4>; gpio-controller; #gpio-cells = <2>; };
	spi0: spi@7e204000 {
		reg = <0x7e204000 0x200>;
		#address-cells = <1>;
		#size-cells = <0>;
		spidev0: spidev@0 { compatible = "spidev"; reg = <0>; };
	};
};
END
fdtoverlay -i "$work/base.dtb" -o "$work/board.dtb" "$work/overlay.dtbo" && ! complaints
pass_or_fail $? "with it the board's node is a right one"
node=/spi@7e204000/coprocessor@0
[ "$(fdtget "$work/board.dtb" $node ready-gpios | cut -d ' ' -f 2-)" = "25 0" ]
pass_or_fail $? "ready is GPIO25, active high"
[ "$(fdtget "$work/board.dtb" $node reset-gpios | cut -d ' ' -f 2-)" = "24 7" ]
pass_or_fail $? "reset is GPIO24, active low, open drain"
[ "$(fdtget "$work/board.dtb" /spi@7e204000/spidev@0 status)" = disabled ]
pass_or_fail $? "spidev lets go of the chip select"
# What its parameters can make of the node is right, too.
node "$right spi-3wire; boot-gpios = <&pins 23 7>; reset-gpios = <&pins 24 7>;"
! complaints
pass_or_fail $? "a node with one data wire, reset and boot is accepted"

summary binding
