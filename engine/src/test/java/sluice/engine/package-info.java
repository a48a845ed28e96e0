// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine;

import org.jspecify.annotations.NullMarked;
