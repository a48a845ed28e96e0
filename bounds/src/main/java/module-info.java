// SPDX-License-Identifier: Apache-2.0
/** How much of something there may be at once, and how much of it one application may have. Pure: no clock but the JVM's, no system call. */
module sluice.bounds {
    requires static transitive org.jspecify;

    exports sluice.bounds;
}
