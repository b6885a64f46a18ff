/** Why a form was refused, as a sentence above its buttons; the fields say where. */
export function FormProblem({ problem }: { problem: string | null }) {
  return (
    <p class="form-problem" role="alert">
      {problem}
    </p>
  )
}
