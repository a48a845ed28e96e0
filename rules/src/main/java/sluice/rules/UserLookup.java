// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Turns a user's name into a number. */
@FunctionalInterface
public interface UserLookup {
    /** The user's number (unsigned 32 bits); empty if there is no such user. */
    OptionalInt uid(String name);

    /** Looks names up in the text of a {@code passwd(5)} file; lines that are not in its format are ignored. */
    static UserLookup passwd(String text) {
        Map<String, Integer> users = new HashMap<>();
        text.lines().forEach(line -> {
            String[] fields = line.split(":", -1);
            if (fields.length >= 3 && fields[2].matches("[0-9]{1,10}")) {
                long uid = Long.parseLong(fields[2]);
                if (uid < 0xffff_ffffL) {
                    users.putIfAbsent(fields[0], (int) uid);
                }
            }
        });
        return name -> {
            Integer uid = users.get(name);
            return uid == null ? OptionalInt.empty() : OptionalInt.of(uid);
        };
    }
}
