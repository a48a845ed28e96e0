// SPDX-License-Identifier: Apache-2.0
/** HTTP and JSON over a Unix socket: server, client, and the views they exchange. Knows nothing of what it controls. */
module sluice.control {
    requires static transitive org.jspecify;
    requires transitive sluice.linux;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.jr.ob;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.transport;

    exports sluice.control;

    // The views are records that become JSON.
    opens sluice.control to
            com.fasterxml.jackson.jr.ob;
}
