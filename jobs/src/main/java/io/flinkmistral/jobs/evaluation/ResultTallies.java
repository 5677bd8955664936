package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.jobs.enrichment.OutputRecord;
import io.flinkmistral.jobs.evaluation.report.Tallies;
import io.flinkmistral.jobs.json.QuestionResult;
import io.flinkmistral.protocol.ErrorCode;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/** Adds up what results come to; Flink keeps it until the last one has come. */
final class ResultTallies
    implements AggregateFunction<OutputRecord, Map<String, double[]>, Map<String, double[]>> {
  private static final long serialVersionUID = 1L;

  static final TypeInformation<Map<String, double[]>> TYPE =
      Types.MAP(Types.STRING, PrimitiveArrayTypeInfo.DOUBLE_PRIMITIVE_ARRAY_TYPE_INFO);

  @Override
  public Map<String, double[]> createAccumulator() {
    return new Tallies().toArrays();
  }

  @Override
  public Map<String, double[]> add(OutputRecord record, Map<String, double[]> so) {
    Tallies one = new Tallies();
    if (record.isRow()) {
      one.add(QuestionResult.read(record.row()));
    } else {
      one.addLetter(ErrorCode.valueOf(record.code()).wireName());
    }
    return merge(one.toArrays(), so);
  }

  @Override
  public Map<String, double[]> merge(Map<String, double[]> some, Map<String, double[]> others) {
    Tallies all = Tallies.ofArrays(others);
    all.add(Tallies.ofArrays(some));
    return all.toArrays();
  }

  @Override
  public Map<String, double[]> getResult(Map<String, double[]> all) {
    return all;
  }
}
