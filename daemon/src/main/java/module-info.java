// SPDX-License-Identifier: Apache-2.0
/** The program: command line, lifecycle, and the wiring of everything else. */
module sluice.daemon {
    requires static transitive org.jspecify;
    requires info.picocli;
    requires jdk.unsupported;
    requires org.slf4j;
    requires sluice.bounds;
    requires sluice.cgroup;
    requires sluice.control;
    requires sluice.dns;
    requires sluice.engine;
    requires sluice.intercept;
    requires sluice.linux;
    requires sluice.netlink;
    requires sluice.rules;

    // SLF4J makes the log provider, which the launcher names so that nobody has to look for it in every jar.
    exports sluice.daemon.log to
            org.slf4j;

    provides org.slf4j.spi.SLF4JServiceProvider with
            sluice.daemon.log.LogProvider;
}
