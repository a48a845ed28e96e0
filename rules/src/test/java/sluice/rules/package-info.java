// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.rules;

import org.jspecify.annotations.NullMarked;
