// SPDX-License-Identifier: Apache-2.0
/** What tests against the real kernel stand on. Uses the JDK and command line tools only, so that every module may use it. */
module sluice.testkit {
    requires static transitive org.jspecify;
    requires transitive org.junit.jupiter.api;

    exports sluice.testkit;
}
