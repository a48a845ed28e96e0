// SPDX-License-Identifier: Apache-2.0
/** The program: command line, lifecycle, and the wiring of everything else. */
module sluice.daemon {
    requires static transitive org.jspecify;
    requires info.picocli;
    requires jdk.unsupported;
    requires org.slf4j;
    requires sluice.cgroup;
    requires sluice.control;
    requires sluice.engine;
    requires sluice.intercept;
    requires sluice.linux;
    requires sluice.netlink;
    requires sluice.rules;

    // The commands' options are fields that picocli sets.
    opens sluice.daemon.cli to
            info.picocli;

    provides org.slf4j.spi.SLF4JServiceProvider with
            sluice.daemon.log.LogProvider;
}
