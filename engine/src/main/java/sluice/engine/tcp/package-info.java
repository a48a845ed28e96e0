// SPDX-License-Identifier: Apache-2.0
/** Carries TCP: accepting, dialling, relaying. Each {@code Loop} is one thread that owns the relays it runs. */
@NullMarked
package sluice.engine.tcp;

import org.jspecify.annotations.NullMarked;
