// SPDX-License-Identifier: Apache-2.0
/** libc through the foreign function and memory API. */
@NullMarked
package sluice.linux;

import org.jspecify.annotations.NullMarked;
