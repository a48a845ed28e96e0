// SPDX-License-Identifier: Apache-2.0
/** The engine as a part of the daemon: when it runs, what the kernel sends it, whose flows are whose, and what is told of them. */
@NullMarked
package sluice.daemon.engine;

import org.jspecify.annotations.NullMarked;
