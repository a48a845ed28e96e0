// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;

/**
 * What DNS remembers.
 *
 * @param answers of upstream servers, the most recently used first
 * @param limit most answers
 * @param bytes that they take, about
 * @param fakes names that have a fake IP
 * @param fakeLimit most of them; 0 where there are none
 */
public record DnsCacheView(List<AnswerView> answers, long limit, long bytes, long fakes, long fakeLimit) {
    /**
     * A remembered answer.
     *
     * @param name that was asked for
     * @param type of record
     * @param status how it ended (RFC 6895), such as {@code NOERROR}
     * @param servers of which one gave it, as in the file
     * @param age seconds since
     * @param left seconds for which it is still good; 0: stale
     * @param addresses in it
     */
    public record AnswerView(
            String name,
            String type,
            String status,
            List<String> servers,
            long age,
            long left,
            List<String> addresses) {}
}
