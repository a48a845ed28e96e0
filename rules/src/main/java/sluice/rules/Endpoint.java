// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * A server's address and port.
 *
 * @param host an IP address literal, or a host name that is still to be resolved
 * @param port 1 to 65535
 */
public record Endpoint(String host, int port) {
    /** As in the file: {@code proxy.example:3128}, {@code [2001:db8::1]:1080}. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
