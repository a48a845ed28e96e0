// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Buffers;
import sluice.engine.park.Deadline;
import sluice.rules.Endpoint;
import sluice.rules.Outbound;

/** One HTTP GET through a chain, up to the status line: enough to know that somebody answers, and how fast. */
record HealthProbe(Outbound.Probe probe, Buffers buffers) {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9][0-9])[ \\r\\n]");
    private static final int STATUS_BYTES = 13;
    private static final int FIRST_BAD_STATUS = 400;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    private boolean isSecure() {
        return probe.url().getScheme().equals("https");
    }

    /** The URL's host, without the brackets of an IPv6 address. */
    Endpoint server() {
        URI url = probe.url();
        int port = url.getPort() > 0 ? url.getPort() : isSecure() ? HTTPS : HTTP;
        return new Endpoint(url.getHost().replaceAll("[\\[\\]]", ""), port);
    }

    /**
     * Tests; parks meanwhile.
     *
     * @return milliseconds until the status, at least 1
     */
    int run(Chain chain) throws DialException {
        var name = chain.outbounds().getFirst();
        var deadline = Deadline.in(probe.timeout());
        long start = System.nanoTime();
        try (var link = chain.open(Peer.of(server()), chain.connector().hosts(null), () -> Owner.UNKNOWN, deadline)) {
            var secured = isSecure() ? TlsLink.connect(link, TlsTrust.system(), server(), buffers, deadline) : link;
            secured.write(request(), deadline);
            int status = status(secured, name, deadline);
            if (status >= FIRST_BAD_STATUS) {
                throw new DialException(
                        FlowEnd.PROXY_FAILED, "outbound " + name + ": " + probe.url() + " answered " + status);
            }
            return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } catch (IOException e) {
            throw Failures.of(name, "fetch " + probe.url(), e);
        }
    }

    private ByteBuffer request() {
        var url = probe.url();
        var path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        var query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        var host = url.getPort() > 0 ? url.getHost() + ":" + url.getPort() : url.getHost();
        var text = "GET " + path + query + " HTTP/1.1\r\nHost: " + host
                + "\r\nUser-Agent: sluice\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static int status(Link link, String name, Deadline deadline) throws IOException {
        var bytes = ByteBuffer.allocate(STATUS_BYTES);
        while (bytes.hasRemaining()) {
            if (link.read(bytes, deadline) < 0) {
                throw new DialException(FlowEnd.PROXY_FAILED, "outbound " + name + ": closed instead of an answer");
            }
        }
        var matcher = STATUS.matcher(new String(bytes.array(), StandardCharsets.ISO_8859_1));
        if (!matcher.lookingAt()) {
            throw new DialException(FlowEnd.PROXY_FAILED, "outbound " + name + ": the answer is not HTTP/1.1");
        }
        return Integer.parseInt(matcher.group(1));
    }
}
