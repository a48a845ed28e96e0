// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.loop;

import org.jspecify.annotations.NullMarked;
