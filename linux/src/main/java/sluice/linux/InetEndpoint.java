// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IP address and a port (ip(7), ipv6(7)). An IPv4-mapped IPv6 address is the IPv4 address it holds.
 *
 * @param address literal, never resolved
 * @param port 0 to 65535; 0 lets the kernel choose where one is bound
 * @param scope interface number of a link-local IPv6 address, else 0
 */
public record InetEndpoint(InetAddress address, int port, int scope) implements Address {
    /** Checks the port's range. */
    public InetEndpoint {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not in 0 to 65535");
        }
    }

    /** An endpoint on the interface that the address names, which hardly any does. */
    public InetEndpoint(InetAddress address, int port) {
        this(address, port, address instanceof Inet6Address ipv6 ? ipv6.getScopeId() : 0);
    }

    static InetEndpoint of(byte[] address, int port, int scope) {
        try {
            return new InetEndpoint(InetAddress.getByAddress(address), port, scope);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + address.length + " bytes", e);
        }
    }

    /** Whether the address is an IPv4 address. */
    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    /** AF_INET or AF_INET6. */
    public int family() {
        return isIpv4() ? SocketConstants.AF_INET : SocketConstants.AF_INET6;
    }

    /** The same address with another port. */
    public InetEndpoint withPort(int other) {
        return new InetEndpoint(address, other, scope);
    }

    /** {@code 192.0.2.1:80}, {@code [2001:db8::1]:80}, {@code [fe80::1%2]:80}. */
    @Override
    public String toString() {
        return scope == 0 ? IpText.of(address, port) : "[" + IpText.of(address) + "%" + scope + "]:" + port;
    }
}
