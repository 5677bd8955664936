package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.SourceRecord;
import java.io.Serializable;

/**
 * A record of the prompts topic to what it is: a request, or what is to become of a conversation.
 *
 * @param requests reads requests
 */
public record RecordReader(RequestReader requests) implements Serializable {
  /**
   * @param timestamp of the record in its topic, in milliseconds since 1970
   * @throws io.flinkmistral.protocol.InvalidRequestException if the record is nothing of that; it
   *     names the field and says why
   */
  public ClientRecord read(SourceRecord record, long timestamp) {
    if (record.value() == null) {
      return ControlReader.tombstone(record, timestamp);
    }
    Fields fields = requests.fields(record);
    return ControlReader.isControl(fields)
        ? ControlReader.read(fields, record, timestamp)
        : requests.request(fields, record, timestamp);
  }
}
