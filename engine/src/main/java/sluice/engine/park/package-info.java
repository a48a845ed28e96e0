// SPDX-License-Identifier: Apache-2.0
/** Straight-line code over sockets on virtual threads: whoever has to wait parks, and one thread that polls wakes him. */
@NullMarked
package sluice.engine.park;

import org.jspecify.annotations.NullMarked;
