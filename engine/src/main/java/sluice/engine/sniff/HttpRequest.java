// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import sluice.rules.Protocol;

/**
 * Reads the host from an HTTP/1 request (RFC 9112). A request to a proxy (CONNECT, or with a whole URL) names the host behind the proxy, not
 * the one that the connection goes to; and the preface of HTTP/2 names none.
 */
final class HttpRequest {
    /** Longest head that is looked at. */
    static final int LONGEST = 16 << 10;

    /** The registered methods but PRI, which only {@link #PREFACE} has. */
    private static final byte[][] METHODS = methods(
            "GET POST HEAD PUT DELETE OPTIONS PATCH CONNECT TRACE PROPFIND PROPPATCH MKCOL COPY MOVE"
                    + " LOCK UNLOCK REPORT SEARCH ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT LABEL LINK MERGE MKACTIVITY MKCALENDAR MKREDIRECTREF"
                    + " MKWORKSPACE ORDERPATCH QUERY REBIND UNBIND UNCHECKOUT UNLINK UPDATE UPDATEREDIRECTREF VERSION-CONTROL");

    private static final byte[] VERSION = ascii("HTTP/1.");

    /** RFC 9113, section 3.4. */
    private static final byte[] PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    private static final byte[] HOST = ascii("host:");
    private static final Sniffed NAMELESS = new Sniffed.Found(Protocol.HTTP, null);

    private final Bytes head;

    private HttpRequest(Bytes head) {
        this.head = head;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[][] methods(String names) {
        return java.util.stream.Stream.of(names.split(" ", -1))
                .map(name -> ascii(name + " "))
                .toArray(byte[][]::new);
    }

    static Sniffed read(Bytes head) {
        return new HttpRequest(head).read();
    }

    private Sniffed read() {
        if (startsWith(0, PREFACE)) {
            return head.count() < PREFACE.length ? Sniffed.NEED_MORE : NAMELESS;
        }
        for (byte[] candidate : METHODS) {
            if (startsWith(0, candidate)) {
                return head.count() < candidate.length ? Sniffed.NEED_MORE : afterMethod(candidate.length);
            }
        }
        return Sniffed.UNKNOWN;
    }

    private Sniffed afterMethod(int target) {
        int end = target;
        while (end < limit() && head.at(end) > ' ' && head.at(end) != 0x7f) {
            end++;
        }
        if (end == limit()) {
            return cut();
        }
        if (end == target || head.at(end) != ' ') {
            return Sniffed.UNKNOWN;
        }
        int version = end + 1;
        if (!startsWith(version, VERSION)) {
            return Sniffed.UNKNOWN;
        }
        int line = version + VERSION.length + 1;
        if (limit() <= line + 1) {
            return cut();
        }
        boolean ends = head.at(line) == '\n' || (head.at(line) == '\r' && head.at(line + 1) == '\n');
        if (!isDigit(head.at(line - 1)) || !ends) {
            return Sniffed.UNKNOWN;
        }
        // Only an origin form or an asterisk is said to the server itself.
        boolean toProxy = head.at(target) != '/' && head.at(target) != '*';
        return toProxy ? NAMELESS : fields(line + (head.at(line) == '\n' ? 1 : 2));
    }

    private Sniffed fields(int start) {
        int at = start;
        while (true) {
            int end = at;
            while (end < limit() && head.at(end) != '\n') {
                end++;
            }
            if (end == limit()) {
                return head.count() >= LONGEST ? NAMELESS : Sniffed.NEED_MORE;
            }
            int content = end > at && head.at(end - 1) == '\r' ? end - 1 : end;
            if (content == at) {
                return NAMELESS;
            }
            if (content - at >= HOST.length && startsWith(at, HOST)) {
                return new Sniffed.Found(Protocol.HTTP, host(at + HOST.length, content));
            }
            at = end + 1;
        }
    }

    private @Nullable String host(int start, int end) {
        int from = start;
        int to = end;
        while (from < to && isBlank(head.at(from))) {
            from++;
        }
        while (to > from && isBlank(head.at(to - 1))) {
            to--;
        }
        for (int i = from; i < to; i++) {
            if (head.at(i) == ':') {
                to = i;
            }
        }
        return HostName.of(head, from, to);
    }

    private int limit() {
        return Math.min(head.count(), LONGEST);
    }

    private Sniffed cut() {
        return head.count() >= LONGEST ? Sniffed.UNKNOWN : Sniffed.NEED_MORE;
    }

    /** Whether what is there of the text stands at a place; letters of {@code text} in lower case stand for both cases. */
    private boolean startsWith(int start, byte[] text) {
        for (int i = 0; i < text.length && start + i < head.count(); i++) {
            int c = head.at(start + i);
            boolean same = c == text[i] || (text[i] >= 'a' && text[i] <= 'z' && c == text[i] - ('a' - 'A'));
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
