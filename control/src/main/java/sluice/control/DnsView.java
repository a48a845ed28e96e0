// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a question to port 53 is answered, by whom and why. Nobody was asked for it.
 *
 * @param name that is asked for, lower case, without a trailing dot
 * @param type of record, such as {@code AAAA}
 * @param application path of the cgroup that would ask, relative to the managed root; null where nobody in particular does
 * @param mode as in the file: {@code real} or {@code fake-ip}
 * @param answer what with: {@code real}, {@code fake}, {@code refused}, {@code loopback}, {@code empty} or {@code nonexistent}
 * @param rule the entry that decides, such as {@code dns.rules[2]}; null where none does
 * @param reason why, in words for people
 * @param servers whom to ask, as in the file; empty where nobody is asked
 * @param set {@code nft-set} of the route whose addresses go straight out; null for most
 * @param cached what is remembered; null where nothing is, or would not be given
 * @param addresses that would be given at once; empty where a server has to be asked, or a fake IP has yet to be chosen
 */
public record DnsView(
        String name,
        String type,
        @Nullable String application,
        String mode,
        String answer,
        @Nullable String rule,
        String reason,
        List<String> servers,
        @Nullable String set,
        DnsCacheView.@Nullable AnswerView cached,
        List<String> addresses) {}
