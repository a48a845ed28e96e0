// SPDX-License-Identifier: Apache-2.0
/** Names: answers applications, made-up addresses that stand for names, a cache, upstream resolvers. Opens no socket itself. */
module sluice.dns {
    requires com.h2database.mvstore;
    requires static transitive org.jspecify;
    requires transitive sluice.linux;
    requires transitive sluice.rules;

    exports sluice.dns;
}
