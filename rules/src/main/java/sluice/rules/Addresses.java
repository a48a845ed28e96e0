// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import sluice.linux.IpText;

/** Reads what names a server. Text with an {@code @} in it is never repeated in messages: it may hold a password. */
final class Addresses {
    /** What {@link #isServerName} wants, for messages. */
    static final String SERVER_NAME = "a name in SNI has letters, digits and hyphens only (RFC 6066)";

    private static final int LONGEST_URL = 2048;
    /** What IDNA 2003 drops or replaces and IDNA 2008 keeps (UTS 46, section 2.3): sharp s, final sigma, the joiners. */
    private static final Pattern DEVIATION = Pattern.compile("[\u00df\u1e9e\u03c2\u200c\u200d]");

    private Addresses() {}

    /** {@code host:port} or {@code [address]:port}, as the file has it for an upstream proxy. */
    static Endpoint endpoint(String text) {
        String allowed = "host:port is expected, an IPv6 address in brackets";
        if (text.indexOf('@') >= 0) {
            throw new InvalidValueException("a user name stands before the host", allowed, "use username and password");
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (colon < 1 || (host.indexOf(':') >= 0 && !bracketed) || text.contains("://")) {
            throw new InvalidValueException("found " + Words.quoted(text), allowed, remedy(text));
        }
        return new Endpoint(
                host(bracketed ? host.substring(1, host.length() - 1) : host), port(text.substring(colon + 1)));
    }

    private static String remedy(String text) {
        if (text.contains("://")) {
            return "leave out the scheme";
        }
        if (text.indexOf(':') != text.lastIndexOf(':')) {
            return "such as [2001:db8::1]:1080";
        }
        return text.indexOf(':') < 0 && !text.matches("[0-9]*") ? "add a colon and the port" : "such as 192.0.2.1:1080";
    }

    /** The address of the REST API. */
    static Endpoint listen(String text) {
        if (text.matches("[0-9]+|\\*?:[0-9]+")) {
            String port = text.substring(text.indexOf(':') + 1);
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "an IP address and a port are expected",
                    "write \"127.0.0.1:" + port + "\", or \"0.0.0.0:" + port + "\" for every address");
        }
        Endpoint endpoint = endpoint(text);
        if (!IpLiteral.looksLikeAddress(endpoint.host())) {
            throw new InvalidValueException(
                    "found the name " + Words.quoted(endpoint.host()),
                    "an IP address and a port are expected",
                    "such as 127.0.0.1:9090");
        }
        return endpoint;
    }

    static int port(String text) {
        if (text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65535) {
            return Integer.parseInt(text);
        }
        throw new InvalidValueException(
                "found port " + Words.quoted(text),
                "a number from 1 to 65535 is expected",
                text.matches("[0-9]+\\D+[0-9]+")
                        ? "write \"" + text.replaceAll("\\D+", "-") + "\" for a range"
                        : text.matches("[a-z].*") ? "/etc/services lists the numbers of names" : "");
    }

    /** An address literal in its usual form, or a host name in ASCII and lower case. */
    static String host(String text) {
        return IpLiteral.looksLikeAddress(text) ? IpText.of(IpLiteral.parse(text)) : domain(text);
    }

    /** A domain name in ASCII and lower case, without a trailing dot. */
    static String domain(String text) {
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (DEVIATION.matcher(name).find()) {
            throw new InvalidValueException(
                    Words.quoted(text) + " has a character that stands for different domains by different standards",
                    "a name without \u00df, \u03c2 and joiners is expected",
                    "write the form that begins with xn--");
        }
        String ascii;
        try {
            ascii = IDN.toASCII(name, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            ascii = "";
        }
        if (ascii.length() > 253
                || !ascii.matches("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")) {
            throw new InvalidValueException(Words.quoted(text) + " is not a host name", "", "such as proxy.example");
        }
        return ascii;
    }

    /** Whether TLS can be spoken with a server of that name: DNS knows underscores, host names (RFC 952) do not. */
    static boolean isServerName(String host) {
        return host.indexOf('_') < 0;
    }

    /** The URL of a probe. */
    static URI url(String text) {
        return uri(text, Set.of("http", "https"), "such as http://www.gstatic.com/generate_204");
    }

    /** An upstream DNS server. */
    static URI dnsServer(String text) {
        String example = text.endsWith("{?dns}")
                ? "leave out {?dns}"
                : text.matches("[0-9.]+|[0-9.]+:[0-9]+")
                        ? "write udp://" + text
                        : "such as udp://9.9.9.9 or https://dns.example/dns-query";
        URI uri = uri(text, Set.of("udp", "tcp", "tls", "https"), example);
        String scheme = uri.getScheme();
        String host = unbracketed(uri);
        if ((scheme.equals("udp") || scheme.equals("tcp")) && !IpLiteral.looksLikeAddress(host)) {
            throw new InvalidValueException(
                    "found the name " + Words.quoted(host),
                    "a " + scheme + " server is given by its IP address",
                    "write that, or tls:// or https:// with the name");
        }
        if (uri.getRawFragment() != null) {
            throw new InvalidValueException(
                    "found the fragment " + Words.quoted("#" + uri.getRawFragment()), "", "leave it out");
        }
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        if (!scheme.equals("https") && !(uri.getRawPath() + query).isEmpty()) {
            throw new InvalidValueException(
                    "found the path " + Words.quoted(uri.getRawPath() + query),
                    "only https servers have one",
                    "leave it out");
        }
        if (scheme.equals("https") && uri.getRawPath().isEmpty()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "an https server has a path",
                    "mostly it is " + scheme + "://" + uri.getRawAuthority() + "/dns-query");
        }
        return uri;
    }

    /** The host of a URL, an IPv6 address without its brackets. */
    static String unbracketed(URI uri) {
        return uri.getHost().replaceAll("[\\[\\]]", "");
    }

    private static URI uri(String text, Set<String> schemes, String example) {
        String allowed = "a URL with one of the schemes "
                + String.join(", ", schemes.stream().sorted().toList()) + " is expected";
        if (text.indexOf('@') >= 0) {
            throw new InvalidValueException("the URL names a user", allowed, "leave out what stands before the @");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new InvalidValueException("found " + Words.quoted(text), allowed, example);
        }
        boolean known = uri.getScheme() != null && schemes.contains(uri.getScheme());
        if (!known || uri.getHost() == null || text.length() > LONGEST_URL) {
            throw new InvalidValueException("found " + Words.quoted(text), allowed, example);
        }
        if (uri.getPort() != -1) {
            port(String.valueOf(uri.getPort()));
        }
        String host = host(unbracketed(uri));
        String rest = text.substring((uri.getScheme() + "://" + uri.getHost()).length());
        return URI.create(uri.getScheme() + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + rest);
    }
}
