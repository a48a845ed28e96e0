// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.bounds;

import org.jspecify.annotations.NullMarked;
