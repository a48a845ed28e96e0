// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.udp;

import org.jspecify.annotations.NullMarked;
