// SPDX-License-Identifier: Apache-2.0
/** Names: answers applications, fake IPs that stand for names, a cache, upstream resolvers. Opens no socket itself. */
module sluice.dns {
    requires com.h2database.mvstore;
    requires static transitive org.jspecify;
    requires transitive sluice.bounds;
    requires transitive sluice.linux;
    requires transitive sluice.rules;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.dns;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.transport;

    exports sluice.dns;
}
