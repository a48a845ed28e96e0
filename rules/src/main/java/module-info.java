// SPDX-License-Identifier: Apache-2.0
/** The configuration: model, reading, validation, matching, decisions. Pure: no state, no threads, no system calls. */
module sluice.rules {
    requires static transitive org.jspecify;
    requires org.snakeyaml.engine;
    requires re2j;

    exports sluice.rules;
}
