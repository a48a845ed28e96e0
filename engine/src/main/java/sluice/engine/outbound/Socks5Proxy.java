// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.rules.Endpoint;
import sluice.rules.Outbound;

/** Speaks SOCKS5 (RFC 1928) without authentication or with username and password (RFC 1929). */
record Socks5Proxy(Outbound.Socks5 outbound) implements Proxy {
    static final int IPV4 = 1;
    static final int NAME = 3;
    static final int IPV6 = 4;

    private static final int VERSION = 5;
    private static final int PASSWORD_VERSION = 1;
    private static final int NO_AUTHENTICATION = 0;
    private static final int USERNAME_PASSWORD = 2;
    private static final int NO_ACCEPTABLE_METHODS = 0xff;
    private static final int CONNECT = 1;
    private static final int UDP_ASSOCIATE = 3;
    private static final int LONGEST_REQUEST = 4 + 1 + 255 + 2;
    private static final Peer ANYWHERE = new Peer(InetAddress.ofLiteral("0.0.0.0"), null, 0);

    @Override
    public String name() {
        return outbound.name();
    }

    @Override
    public Endpoint server() {
        return outbound.server();
    }

    @Override
    public Outbound.Names names() {
        return outbound.names();
    }

    @Override
    public Link open(Link carrier, Peer to, Supplier<Owner> owner, Deadline deadline) throws IOException {
        var conversation = new Conversation(carrier, name(), deadline);
        authenticate(conversation);
        request(conversation, CONNECT, to);
        conversation.end();
        return carrier;
    }

    /** Asks for an association; the answer is where its datagrams go, which may be a name or no address at all. */
    Peer associate(Link carrier, Deadline deadline) throws IOException {
        var conversation = new Conversation(carrier, name(), deadline);
        authenticate(conversation);
        // We do not know yet which address and port the datagrams come from: zeros then (RFC 1928, section 6).
        return request(conversation, UDP_ASSOCIATE, ANYWHERE);
    }

    private void authenticate(Conversation conversation) throws IOException {
        var greeting = outbound.credentials().isPresent()
                ? new byte[] {VERSION, 2, NO_AUTHENTICATION, USERNAME_PASSWORD}
                : new byte[] {VERSION, 1, NO_AUTHENTICATION};
        conversation.say(ByteBuffer.wrap(greeting));
        checkVersion(conversation, conversation.next());
        int method = conversation.next();
        if (method == USERNAME_PASSWORD && outbound.credentials().isPresent()) {
            logIn(conversation);
        } else if (method == NO_ACCEPTABLE_METHODS) {
            throw conversation.failed(
                    outbound.credentials().isPresent()
                            ? "the proxy wants neither no authentication nor username and password"
                            : "the proxy wants authentication; set username and password");
        } else if (method != NO_AUTHENTICATION) {
            throw conversation.failed("the proxy chose authentication method " + method + ", which was not offered");
        }
    }

    private void logIn(Conversation conversation) throws IOException {
        var credentials = outbound.credentials().orElseThrow();
        var username = credentials.username().getBytes(StandardCharsets.UTF_8);
        var password = credentials.password().reveal().getBytes(StandardCharsets.UTF_8);
        conversation.say(ByteBuffer.allocate(3 + username.length + password.length)
                .put((byte) PASSWORD_VERSION)
                .put((byte) username.length)
                .put(username)
                .put((byte) password.length)
                .put(password)
                .flip());
        int version = conversation.next();
        // RFC 1929 says 1; some servers answer with the version of SOCKS.
        if (version != PASSWORD_VERSION && version != VERSION) {
            throw conversation.failed("the proxy does not speak RFC 1929: it answered with version " + version);
        }
        if (conversation.next() != 0) {
            throw conversation.failed("the proxy does not accept username and password");
        }
    }

    private static void checkVersion(Conversation conversation, int version) throws DialException {
        if (version != VERSION) {
            throw conversation.failed("it does not speak SOCKS5: it answered with version " + version);
        }
    }

    private Peer request(Conversation conversation, int command, Peer to) throws IOException {
        var request = ByteBuffer.allocate(LONGEST_REQUEST)
                .put((byte) VERSION)
                .put((byte) command)
                .put((byte) 0);
        putAddress(request, to);
        conversation.say(request.flip());
        checkVersion(conversation, conversation.next());
        int reply = conversation.next();
        if (reply != 0) {
            throw refusal(reply, to);
        }
        conversation.next();
        int type = conversation.next();
        int length = switch (type) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> conversation.next();
            default -> throw conversation.failed("it answered with an address of type " + type);
        };
        var bytes = new byte[length];
        conversation.next(length).get(bytes);
        int port = conversation.next(2).getShort() & 0xffff;
        if (type != NAME) {
            return new Peer(InetAddress.getByAddress(bytes), null, port);
        }
        // Where the proxy's own socket is bound matters to an association only; there an address of zeros stands for
        // the proxy's.
        var said = Peer.said(new String(bytes, StandardCharsets.ISO_8859_1), port);
        return said == null ? new Peer(ANYWHERE.address(), null, port) : said;
    }

    /** Address type, address and port, as requests and datagrams have them (RFC 1928, section 5). */
    static void putAddress(ByteBuffer into, Peer to) {
        var name = to.name();
        var address = to.address();
        if (name != null) {
            var bytes = name.getBytes(StandardCharsets.US_ASCII);
            into.put((byte) NAME).put((byte) bytes.length).put(bytes);
        } else if (address != null) {
            var bytes = address.getAddress();
            into.put((byte) (bytes.length == 4 ? IPV4 : IPV6)).put(bytes);
        }
        into.put((byte) (to.port() >>> 8)).put((byte) to.port());
    }

    /** What a reply other than 0 means (RFC 1928, section 6). */
    private DialException refusal(int reply, Peer to) {
        var start = "outbound " + name() + ": the proxy could not reach " + to + ": ";
        return switch (reply) {
            case 1 -> DialException.atDestination(FlowEnd.PROXY_FAILED, start + "general failure");
            case 2 -> DialException.forbidden(start + "its rules do not allow it");
            case 3 -> DialException.atDestination(FlowEnd.UNREACHABLE, start + "network unreachable");
            case 4 -> DialException.atDestination(FlowEnd.UNREACHABLE, start + "host unreachable");
            case 5 -> DialException.atDestination(FlowEnd.REFUSED, start + "connection refused");
            case 6 -> DialException.atDestination(FlowEnd.UNREACHABLE, start + "time to live expired");
            case 7 -> new DialException(FlowEnd.PROXY_FAILED, start + "it does not know this command");
            case 8 -> DialException.unsupportedAddress(start + "it does not know this kind of address");
            default -> new DialException(FlowEnd.PROXY_FAILED, start + "reply " + reply + ", which does not exist");
        };
    }
}
