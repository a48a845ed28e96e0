// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.flow;

import org.jspecify.annotations.NullMarked;
