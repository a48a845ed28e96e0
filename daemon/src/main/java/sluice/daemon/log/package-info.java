// SPDX-License-Identifier: Apache-2.0
/** Where SLF4J's events go: journald's own socket where standard error leads there, else standard error, a line each. */
@NullMarked
package sluice.daemon.log;

import org.jspecify.annotations.NullMarked;
