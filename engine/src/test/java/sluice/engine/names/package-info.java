// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.names;

import org.jspecify.annotations.NullMarked;
