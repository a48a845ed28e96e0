// SPDX-License-Identifier: Apache-2.0
/** libc through the foreign function and memory API: errno per call, descriptors with owners. */
module sluice.linux {
    requires static transitive org.jspecify;

    exports sluice.linux;
}
