// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import java.util.Locale;
import java.util.Map;

/** Numbers as people write them. */
public final class Mnemonics {
    private static final Map<String, Integer> NEWER = Map.of("SVCB", Wire.SVCB, "HTTPS", Wire.HTTPS);

    private Mnemonics() {}

    /** {@code AAAA}; {@code TYPE1234} where there is no name (RFC 3597). */
    public static String type(int type) {
        for (var newer : NEWER.entrySet()) {
            if (newer.getValue() == type) {
                return newer.getKey();
            }
        }
        String name = DnsRecordType.valueOf(type).name();
        return name.equals("UNKNOWN") ? "TYPE" + type : name;
    }

    /**
     * The number of a type.
     *
     * @throws IllegalArgumentException if nobody knows it
     */
    public static int type(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        var newer = NEWER.get(upper);
        if (newer != null) {
            return newer;
        }
        if (upper.matches("TYPE[0-9]{1,5}")) {
            int type = Integer.parseInt(upper.substring("TYPE".length()));
            if (type <= 0xffff) {
                return type;
            }
        }
        try {
            return DnsRecordType.valueOf(upper).intValue();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is no type of records: A, AAAA, HTTPS, MX, TXT or TYPE and a number, for example",
                    e);
        }
    }

    /** {@code NXDOMAIN}. */
    public static String rcode(int rcode) {
        String text = DnsResponseCode.valueOf(rcode).toString();
        int bracket = text.indexOf('(');
        String name = bracket < 0 ? text : text.substring(0, bracket);
        return name.equalsIgnoreCase("UNKNOWN") ? "RCODE" + rcode : name.toUpperCase(Locale.ROOT);
    }
}
