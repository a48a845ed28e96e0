// SPDX-License-Identifier: Apache-2.0
@NullMarked
package sluice.engine.route;

import org.jspecify.annotations.NullMarked;
