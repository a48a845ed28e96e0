// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.tcp;

import org.jspecify.annotations.NullMarked;
