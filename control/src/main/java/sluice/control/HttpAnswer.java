// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** What the daemon sent back, whole. */
final class HttpAnswer {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 ([1-5][0-9][0-9]) ");
    private static final Pattern LENGTH =
            Pattern.compile("\r\ncontent-length: ?([0-9]{1,9})\r\n", Pattern.CASE_INSENSITIVE);

    private final int status;
    private final byte[] body;

    private HttpAnswer(int status, byte[] body) {
        this.status = status;
        this.body = body;
    }

    /** @throws IOException when it is not HTTP/1.1, or ends too early */
    static HttpAnswer read(byte[] bytes) throws IOException {
        int bodyAt = endOfHead(bytes);
        var head = new String(bytes, 0, bodyAt, US_ASCII);
        var status = STATUS.matcher(head);
        if (!status.lookingAt()) {
            throw new IOException("read the daemon's answer: it does not begin with a status line of HTTP/1.1");
        }
        var length = LENGTH.matcher(head);
        if (!length.find()) {
            throw new IOException("read the daemon's answer: it does not say how long it is");
        }
        if (bytes.length - bodyAt < Integer.parseInt(length.group(1))) {
            throw early(bytes);
        }
        return new HttpAnswer(Integer.parseInt(status.group(1)), Arrays.copyOfRange(bytes, bodyAt, bytes.length));
    }

    /** Of HTTP. */
    int status() {
        return status;
    }

    /** JSON. */
    byte[] body() {
        return body;
    }

    private static int endOfHead(byte[] answer) throws IOException {
        for (int i = 0; i + 3 < answer.length; i++) {
            if (answer[i] == '\r' && answer[i + 1] == '\n' && answer[i + 2] == '\r' && answer[i + 3] == '\n') {
                return i + 4;
            }
        }
        throw early(answer);
    }

    private static IOException early(byte[] answer) {
        return new IOException(
                "read the daemon's answer: it ended after " + answer.length + " bytes; see the daemon's log");
    }
}
