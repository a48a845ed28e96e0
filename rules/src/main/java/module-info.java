// SPDX-License-Identifier: Apache-2.0
/** The configuration: model, reading, validation, matching, decisions. No state, no threads, and of the machine only the files that it reads. */
module sluice.rules {
    requires static transitive org.jspecify;
    requires org.snakeyaml.engine;
    requires re2j;
    requires sluice.linux;

    exports sluice.rules;
}
