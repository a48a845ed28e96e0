// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.linux.IpText;
import sluice.rules.Endpoint;

/**
 * What a proxy, or the system, is asked to connect to: an address, a name, or both.
 *
 * @param address null when only the name is known
 * @param name null when only the address is known
 */
record Peer(@Nullable InetAddress address, @Nullable String name, int port) {
    private static final int LONGEST_NAME = 253;

    /**
     * Forgets a name that is none: it may come from an application's first bytes, and goes into the requests that proxies read. A name that may
     * lead elsewhere than the address is for routes only.
     */
    static Peer of(Destination destination) {
        var name = destination.isReliable() ? destination.name() : null;
        return new Peer(
                destination.isMadeUp() ? null : destination.endpoint().address(),
                name != null && isName(name) ? name : null,
                destination.endpoint().port());
    }

    private static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    /** What a proxy calls a host, by a name or by an address as text; null when it is neither. */
    static @Nullable Peer said(String host, int port) {
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String text = bracketed ? host.substring(1, host.length() - 1) : host;
        if (!isLiteral(text)) {
            return isName(text) ? new Peer(null, text, port) : null;
        }
        try {
            return text.isEmpty() ? null : new Peer(InetAddress.ofLiteral(text), null, port);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static boolean isName(String text) {
        return !text.isEmpty()
                && text.length() <= LONGEST_NAME
                && text.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '-'
                                || c == '.'
                                || c == '_');
    }

    static Peer of(Endpoint server) {
        return of(server.host(), server.port());
    }

    static Peer of(String host, int port) {
        return isLiteral(host) ? new Peer(InetAddress.ofLiteral(host), null, port) : new Peer(null, host, port);
    }

    /** The same with an address and without the name. */
    Peer at(InetAddress known) {
        return new Peer(known, null, port);
    }

    /** The same without the address, where there is a name. */
    Peer withoutAddress() {
        return name == null ? this : new Peer(null, name, port);
    }

    /** {@code example.org:443}, {@code 192.0.2.1:443}, {@code [2001:db8::1]:443}. */
    @Override
    public String toString() {
        if (name != null) {
            return name + ":" + port;
        }
        return address == null ? ":" + port : IpText.of(address, port);
    }
}
