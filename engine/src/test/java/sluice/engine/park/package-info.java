// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.park;

import org.jspecify.annotations.NullMarked;
