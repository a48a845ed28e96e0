// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import org.jspecify.annotations.Nullable;
import sluice.dns.NameService.Meaning;
import sluice.linux.InetEndpoint;
import sluice.linux.IpText;

/**
 * Where a flow goes.
 *
 * @param endpoint the original destination, as the application's socket had it
 * @param name the host's name, lower case ASCII without a trailing dot, as far as it is known
 * @param naming where the name comes from
 */
public record Destination(InetEndpoint endpoint, @Nullable String name, Naming naming) {
    /** Where a destination's name comes from. */
    public enum Naming {
        /** Nobody knows one. */
        UNKNOWN,
        /** DNS gave the application the address for it lately; it may mean another host at the same address. */
        HINT,
        /** The flow's first bytes say it; it may be a host elsewhere, or none at all. */
        SAID,
        /** The flow's first bytes say it, and DNS gave the application the address for it, or the configuration has such names count. */
        CONFIRMED,
        /** The address is made up for it, and leads nowhere itself. */
        MADE_UP
    }

    /** A destination of which only the address is known. */
    public Destination(InetEndpoint endpoint) {
        this(endpoint, null);
    }

    /** A destination whose name, if any, the flow says. */
    public Destination(InetEndpoint endpoint, @Nullable String name) {
        this(endpoint, name, name == null ? Naming.UNKNOWN : Naming.SAID);
    }

    /** A destination as DNS knows it, whoever goes there. */
    public static Destination of(InetEndpoint endpoint, Meaning meaning) {
        return switch (meaning) {
            case Meaning.Fake fake -> new Destination(endpoint, fake.name(), Naming.MADE_UP);
            case Meaning.Hint _, Meaning.Address _, Meaning.Forgotten _ -> new Destination(endpoint);
        };
    }

    /** The same destination with the name for which the application was given its address; null: for none. */
    public Destination hinted(@Nullable String given) {
        return given == null ? this : new Destination(endpoint, given, Naming.HINT);
    }

    /**
     * The same destination with the name that the flow says; a fake IP stands for its own.
     *
     * @param confirmed whether it leads to the same place as the address
     */
    public Destination named(String host, boolean confirmed) {
        return isMadeUp() ? this : new Destination(endpoint, host, confirmed ? Naming.CONFIRMED : Naming.SAID);
    }

    /** Whether there is only the name to connect to. */
    public boolean isMadeUp() {
        return naming == Naming.MADE_UP;
    }

    /** Whether nothing that the flow says changes the name. */
    public boolean isNamed() {
        return naming == Naming.SAID || naming == Naming.CONFIRMED || naming == Naming.MADE_UP;
    }

    /** Whether the name leads where the application wants to go. */
    public boolean isReliable() {
        return naming == Naming.HINT || naming == Naming.CONFIRMED || naming == Naming.MADE_UP;
    }

    /** The name, else the address, without the port. */
    public String host() {
        return name != null ? name : IpText.of(endpoint.address());
    }

    /** {@code example.org:443} or {@code 192.0.2.1:443}. */
    @Override
    public String toString() {
        return name != null ? name + ":" + endpoint.port() : endpoint.toString();
    }
}
