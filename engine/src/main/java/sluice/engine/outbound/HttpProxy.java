// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Buffers;
import sluice.engine.park.Deadline;
import sluice.rules.Endpoint;
import sluice.rules.Outbound;

/**
 * Asks an HTTP proxy for a tunnel (CONNECT, RFC 9110, section 9.3.6).
 *
 * @param userAgent whether it is told whose flow it is
 * @param trust how it is spoken to over TLS, or null
 */
record HttpProxy(
        Outbound.Http outbound, boolean userAgent, @Nullable TlsTrust trust, Buffers buffers) implements Proxy {
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int MOST_INTERIM_ANSWERS = 16;
    private static final String NO_STATUS = "it does not speak HTTP/1.1: its answer has no status";
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9][0-9])(?: [^\\r\\n]*)?\\r?\\n");

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
        var link = carrier;
        if (trust != null) {
            link = TlsLink.connect(carrier, trust, server(), buffers, deadline);
        }
        var conversation = new Conversation(link, name(), deadline);
        conversation.say(ByteBuffer.wrap(request(to, owner).getBytes(StandardCharsets.UTF_8)));
        int status = finalStatus(conversation);
        if (status < 200 || status > 299) {
            throw refusal(status, to);
        }
        // Whatever the header says of a length: a tunnel's answer has no content (RFC 9110, section 9.3.6).
        conversation.end();
        return link;
    }

    private String request(Peer to, Supplier<Owner> owner) {
        var request = new StringBuilder("CONNECT ")
                .append(to)
                .append(" HTTP/1.1\r\nHost: ")
                .append(to)
                .append("\r\n");
        outbound.credentials().ifPresent(credentials -> {
            var pair = credentials.username() + ":" + credentials.password().reveal();
            var encoded = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
            request.append("Proxy-Authorization: Basic ").append(encoded).append("\r\n");
        });
        if (userAgent) {
            tell(owner.get(), request);
        }
        return request.append("\r\n").toString();
    }

    private static void tell(Owner owner, StringBuilder request) {
        if (owner.command() == null) {
            return;
        }
        request.append("User-Agent: ").append(token(owner.command()));
        if (owner.pid() > 0) {
            request.append('/').append(owner.pid());
        }
        request.append("\r\n");
    }

    /** A process may call itself anything; a product is a token (RFC 9110, section 10.1.5). */
    private static String token(String command) {
        return command.replaceAll("[^A-Za-z0-9!#$%&'*+.^_`|~-]", "_");
    }

    /** That of the answer that counts: interim ones may come before it (RFC 9110, section 15.2). */
    private static int finalStatus(Conversation conversation) throws IOException {
        for (int answers = 0; answers <= MOST_INTERIM_ANSWERS; answers++) {
            int status = status(conversation);
            if (status < 100 || status > 199 || status == SWITCHING_PROTOCOLS) {
                return status;
            }
        }
        throw conversation.failed("the proxy gave more than " + MOST_INTERIM_ANSWERS + " interim answers");
    }

    private static int status(Conversation conversation) throws IOException {
        conversation.expect("HTTP/1.", NO_STATUS);
        var header = conversation.nextHeader();
        var matcher = STATUS.matcher(header);
        if (!matcher.lookingAt()) {
            throw conversation.failed(NO_STATUS);
        }
        return Integer.parseInt(matcher.group(1));
    }

    private DialException refusal(int status, Peer to) {
        var text = "outbound " + name() + ": the proxy answered " + status + " for " + to;
        return switch (status) {
            case 407 ->
                new DialException(
                        FlowEnd.PROXY_FAILED,
                        text
                                + (outbound.credentials().isPresent()
                                        ? ": it does not accept username and password"
                                        : ": it wants authentication; set username and password"));
            case 403 -> DialException.forbidden(text);
            case 502, 503 -> DialException.atDestination(FlowEnd.UNREACHABLE, text);
            case 504 -> DialException.atDestination(FlowEnd.CONNECT_TIMEOUT, text);
            default -> DialException.atDestination(FlowEnd.PROXY_FAILED, text);
        };
    }
}
