package io.flinkmistral.task;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.field.FieldType.Field;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.work.TaskResult;
import java.util.List;

/**
 * Fields are taken out of a record's text: {@link TaskResult.Fields}. The model can write nothing
 * but values of their types.
 *
 * @param schema the fields
 * @param decoding how the answer is written; stop texts have no place in it
 * @param shown whether the prompt says which fields there are, with their comments; if not, the
 *     template has to
 */
public record ExtractionTask(FieldType.Row schema, DecodingSettings decoding, boolean shown)
    implements Task {
  private static final long serialVersionUID = 1L;

  /**
   * @throws InvalidRequestException where there are stop texts
   */
  public ExtractionTask {
    if (!decoding.stop().isEmpty()) {
      throw new InvalidRequestException(
          "stop", "fields end where their schema does: there can be no stop texts beside it");
    }
  }

  @Override
  public void requireFits(PromptTemplate template) {
    if (shown && template.form() != PromptTemplate.Form.CHAT) {
      throw new InvalidRequestException(
          PromptTemplate.PARAMETER,
          "a prompt that is a text that goes on has no place where the model is told of the fields:"
              + " name them in it, and set instruction to false");
    }
  }

  public static ExtractionTask of(Field... fields) {
    return of(List.of(fields));
  }

  public static ExtractionTask of(List<Field> fields) {
    return new ExtractionTask(new FieldType.Row(fields), DecodingSettings.GREEDY, true);
  }

  public ExtractionTask withDecoding(DecodingSettings settings) {
    return new ExtractionTask(schema, settings, shown);
  }

  /** The same with a template that says itself which fields there are. */
  public ExtractionTask withoutShownFields() {
    return new ExtractionTask(schema, decoding, false);
  }
}
