// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.sniff;

import org.jspecify.annotations.NullMarked;
